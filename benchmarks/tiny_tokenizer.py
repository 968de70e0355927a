"""A real little byte-level BPE tokenizer, trained in a moment: for models with random weights, in benchmarks and tests."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>")
CORPUS = (
    "system user assistant ### Question: ### Solution Process: What is the sum of the red bar and the blue bar?",
    "The red bar is 12.\n\nThe blue bar is 30.\n\n12 + 30 = 42.\n\nFinal answer: 42",
    "Triangle ABC has angles 30, 60 and 90 degrees, so $\\frac{1}{2} \\cdot 6 \\cdot 4 = 12$.",
    "你是书生·万象 图中圆的周长是多少？ naïve café ½ − 3",
)


def tiny_tokenizer(
    special: Sequence[str] = SPECIAL, words: Sequence[str] = (), corpus: Sequence[str] = CORPUS
) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of 400 tokens, ``special`` (padding, turn start and turn end first) and whole ``words``."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
    )
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    tokenizer.add_tokens(list(words))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=special[0], eos_token=special[2])
