"""The nano tokenizer: byte-level BPE over the world's language; every digit and sign is a token of its own.

Knows how text becomes token ids. Does not know where turns and image tokens go (engine/prompts does).
"""

from __future__ import annotations

import itertools
import random

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from nano.world.questions import lookup_question, problems
from nano.world.scenes import SceneSplit

VOCABULARY = 768
PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
IMAGE_START, IMAGE_END, IMAGE = "<img>", "</img>", "<IMG_CONTEXT>"
SPECIAL = (PAD, START, END, IMAGE_START, IMAGE_END, IMAGE)

# Role lines and step ends are single tokens, so that a step costs the reward model few tokens and is tokenised the same way
# whatever follows. A word takes the space before it, and the space after it when a number follows: a number is then
# its digits and nothing else, wherever it stands.
_PIECES = (
    r"(?:user|assistant)\n"
    r"|\.?\n\n"
    r"|\d"
    r"|\^?\\[a-z]+"
    r"| ?\p{L}+(?: (?=\d))?"
    r"|: (?=\d)"
    r"|#+"
    r"| ?\$|[^\s\p{L}\p{N}]"
    r"|\s(?=\S)"
    r"|\s+"
)

_CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] != 'system' %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<img>{% for _ in range(9) %}<IMG_CONTEXT>{% endfor %}</img>\n"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def build_tokenizer(samples: int = 4000, seed: int = 0) -> PreTrainedTokenizerFast:
    """Train the tokenizer on `samples` problems of the training split; the same seed gives the same vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(samples, seed), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=list(SPECIAL[1:]),
        chat_template=_CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def _corpus(samples: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    texts = []
    for problem in itertools.islice(problems(seed, SceneSplit.TRAIN), samples):
        texts += [
            "user\n",
            "assistant\n",
            f"### Question:\n{problem.question}\n\n### Solution Process:\n",
            problem.question,
            lookup_question(problem.scene, rng.choice(problem.scene.slots)),
            "\n\n".join(problem.steps),
        ]
    return texts
