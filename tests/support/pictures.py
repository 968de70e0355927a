"""Picture files as people upload them, and what the store keeps of them."""

import io

from PIL import Image

from storage import Store


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def noisy(mode: str = "RGB") -> Image.Image:
    """A picture that a second encoding changes."""
    return Image.effect_noise((48, 40), 90).convert(mode)


def stored(store: Store, data: bytes) -> bytes:
    return store.images.path(store.images.add(data).sha).read_bytes()
