"""What models of the generic path are asked in tests, and the texts that they write."""

from engine.models.generic import completions

QUESTION = "What is the sum of the red bar and the blue bar?"
STEPS = ["The red bar is 12.", "", "12 + 30 = 42.", "<|end|>\n<|turn|>assistant\nYes<image><|image_pad|>"]


def written(loaded, images, sampling, question=QUESTION):
    texts = [""] * sampling.n
    for chunks in completions.sample(loaded, images, question, sampling):
        for chunk in chunks:
            texts[chunk.draw] += chunk.text
    return texts
