"""Where solutions state their answer, and how it is shown: bare.

Covers engine/answers/sentences.py, engine/answers/unwrapping.py.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.answers import bare_answer, read_answer
from engine.answers.reading import _HEADING, _STATED, _where_to_look
from engine.answers.sentences import value_in

WORDS = """
answer answers anſwer ANS ans Final correct right BEST my our My option value letter statement is are : ： = $ ** # ## 3. five 5 A B
antwort lautet réponse RÉPONSE reponse finale est respuesta es risposta è resposta é ответ ОТВЕТ ᲂтвет — İ K
答案 选项 是 故 因此 所以 应 综上 选 选择 答 答え 正解 解答 は 정답 답 은 最终答案
"""


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("Final answer: 5. Wait, no.\n\nSo \\boxed{6}", "6"),
        ("\\boxed{6}\n\nFinal answer: 7", "7"),
        ("The answer is 72", "72"),
        ("The answer is 72 because 8*9 = 72.", "72"),
        ("The answer is C. 16 cm", "C"),
        ("**Correct Option: D. 8**", "D"),
        ("### Correct answer: **(A)**", "A"),
        ("... so 18\n#### 18", "18"),
        ("答案：C", "C"),
        ("答案是C。", "C"),
        ("因此选C", "C"),
        ("故选：B", "B"),
        ("所以答案为 12 厘米。", "12 厘米"),
        ("最终答案是：24", "24"),
        (r"\boxed 9", "9"),
        (r"so \fbox{9}.", "9"),
        (r"So \boxed{} hmm. Final answer: 4", "4"),
        (r"Final answer: 4. \boxed{}", "4"),
        ("The final answer is $18$. I hope it is correct.", "18"),
        ("**Answer:** 4.", "4"),
        ("**Answer**: C", "C"),
        ("Answer: B", "B"),
        ("Answer: (C) 12 cm", "C"),
        ("ANSWER: 42", "42"),
        ("Therefore, the correct answer is **C. 5**.", "C"),
        ("Thus, the correct option is B.", "B"),
        ("The correct choice is (D).", "D"),
        ("Hence, the answer is option C.", "C"),
        ("So the answer should be 3.", "3"),
        ("The answer must be D: 5", "D"),
        ("The answer is:\n\n**C**", "C"),
        ("The answer is:\n\n\\[ 42 \\]", "42"),
        ("Final answer:\n$$\n42\n$$", "42"),
        ("### Final Answer\n\nThe area is $25$ cm².", "25 cm²"),
        ("### Final Answer:\nThe total weight is **8**.\n\nOption D", "D"),
        ("### Final Answer\n\nThe ant reaches the butterfly.\n\n**(A)**", "A"),
        ("**Final Answer**\n\nThe correct option is **D**, because it fits.", "D"),
        ("<think>Final answer: 5</think>\n\nThe answer is 6.", "6"),
        (r"reasoning... \boxed{5} </think> So \boxed{7}", "7"),
        (r"<think> \boxed{5}", None),
        ("◁think▷Final answer: 5◁/think▷ The answer is 6.", "6"),
        ("[THINK]Final answer: 5[/THINK] The answer is 6.", "6"),
        ("The answer is <|begin_of_box|>7<|end_of_box|>.", "7"),
        ("Maybe 5.\n\n<|begin_of_box|>\\frac{1}{2}<|end_of_box|>", r"\frac{1}{2}"),
        ("<|begin_of_box|>B<|end_of_box|>", "B"),
        ("<think>a</think>", None),
        ("<answer>12</answer>", "12"),
        ("<answer>the small red triangle on the left</answer>", "the small red triangle on the left"),
        ("<think>x</think><answer> (B) </answer>", "B"),
        ("I considered (A), but it is too dark.", None),
        ("The answer is not 5.", None),
        ("Is the answer 5?", None),
        ("If the answer is 5, then x = 2. But no.", None),
        ("The answer is unclear.", None),
        ("The answer is found by adding 3 and 4.", None),
        ("Final answer: 12 apples", "12 apples"),
        ("Final answer: The answer is 12 apples.", "12 apples"),
        ("Final answer: $x = 5$", "x = 5"),
        ("Final answer: 42 cm (rounded)", "42 cm"),
        ("Final answer: 3.14 (approximately)", "3.14"),
        (r"Therefore, the value of x is \boxed{12}.", "12"),
        (r"Two roots: $\boxed{3}$ and $\boxed{3}$.", "3"),
        (r"$\boxed{3}$, $\boxed{4}$", "3, 4"),
        ("Antwort: C", "C"),
        ("Die Antwort ist 12.", "12"),
        ("Réponse : 15", "15"),
        ("La respuesta es B.", "B"),
        ("Respuesta: 12 cm", "12 cm"),
        ("Ответ: 12", "12"),
        ("答え：5", "5"),
        ("정답: B", "B"),
        ("The correct answer is (B).\n\nThis is because (A) is smaller.", "B"),
        ("C", "C"),
        ("(C)", "C"),
        ("12", "12"),
        ("12 cm", "12 cm"),
        ("B. 30 cm", "B"),
        ("Let's see.\n\nC", "C"),
        ("Option B is correct.", "B"),
        ("So, option B is the correct answer.", "B"),
        ("which corresponds to option D.", "D"),
        ("Option A is incorrect because it is small. Therefore, option C is correct.", "C"),
        ("Therefore, option A is not correct.", None),
        ("Final answer: Yes, it is.", "Yes"),
        ("The answer is Yes.", "Yes"),
        ("The answer is: no", "no"),
        ("The answer is Paris.", "Paris"),
        ("Final answer: the red triangle", "the red triangle"),
        ("Final answer: The color is blue.", "blue"),
        ("final answer = 7", "7"),
        ("Answer = 7", "7"),
        (r"The final answer is $\frac{1}{2}$.", r"\frac{1}{2}"),
        (r"The final answer is \(\frac{1}{2}\).", r"\frac{1}{2}"),
        (r"Final answer: \[\frac{1}{2}\]", r"\frac{1}{2}"),
        (r"the answer is $\boxed{\text{C}}$", "C"),
        (r"Final answer: \text{(C)}", "C"),
        ("Therefore the answer is 1,234.", "1,234"),
        ("Therefore the answer is 3.5.", "3.5"),
        ("The answer is -3.", "-3"),
        ("Final answer: -3", "-3"),
        ("Final answer: - 3", "- 3"),
        ("Final answer: −3", "−3"),
        ("- **Final answer:** 12", "12"),
        ("1. Answer: 5", "5"),
        ("Final answer: A, because the slope is larger.", "A"),
        ("Answer: A and C", "A and C"),
        ("Final answer: (3, 4)", "(3, 4)"),
        ("The answer is (3, 4).", "(3, 4)"),
        ("The answer is [0, 1).", "[0, 1)"),
        ("The solution is x = 3. Final answer: x = 3 or x = -5", "x = 3 or x = -5"),
        ("The best answer is D.", "D"),
        ("my final answer is D.", "D"),
        ("The final answer is B) 45°", "B"),
        ("The answer is B since 3 > 2", "B"),
        ("The answer to the question is 12.", "12"),
        ("the answer is approximately 3.14.", "3.14"),
        ("Final answer: about 12 cm", "12 cm"),
        ("Final answer: 5\n\nI hope this helps! Let me know if you have questions.", "5"),
        ("Final answer: 5<|im_end|>", "5"),
        ("The answer is **5**. If the answer is wrong, tell me.", "5"),
        ("Answer\n\n12", "12"),
        ("## Answer\n\n**12**", "12"),
        ("The correct answer is: **B. 12**\n\nExplanation: the others are wrong.", "B"),
        (r"\boxed{x = 5}", "x = 5"),
        (r"\boxed{12\text{ cm}}", r"12\text{ cm}"),
        ("\\[\n\\boxed{12}\n\\]", "12"),
        (r"$\boxed{12}$ cm", "12 cm"),
        ("Answer: $12$ cm", "12 cm"),
        (r"so we get \boxed{12}, which is even.", "12"),
        ("Final answer: 5 or 6", "5 or 6"),
        ("The probability is 1/2. Final answer: 1/2", "1/2"),
        ("**Final Answer: B**", "B"),
        ("Final Answer: **B**", "B"),
        ("**Final Answer**: **B. 12**", "B"),
        ("Final answer: `12`", "12"),
        ('Final answer: "yes"', "yes"),
        ("Answer: None", "None"),
        ("Answer: 3:4", "3:4"),
        ("The ratio is 3:4. The answer is 3:4.", "3:4"),
        ("The time is 12:30. Answer: 12:30", "12:30"),
        ("Final answer: 2:30 pm", "2:30 pm"),
        ('The answer is "C".', "C"),
        ("The answer is 'C'.", "C"),
        ("Correct option: (c)", "C"),
        ("Final answer: 12.", "12"),
        ("Final answer: 12。", "12"),
        ("Final Answer: \\boxed{B}\n\nB", "B"),
        ("Final answer is therefore 9.", "9"),
        ("I'd say B.", None),
        ("Choice C is the best answer.", "C"),
        ("Answer choice: C", "C"),
        ("Final answer: John has 5 apples.", "5 apples"),
        ("Final answer: There are 12 marbles in the bag.", "12 marbles"),
        ("Final answer: 12 marbles in the bag", "12 marbles"),
        ("Final Answer: The largest $n$ is 34.", "34"),
        ("Final answer: $34$ degrees", "34 degrees"),
        ("Final answer: x=2, y=3", "x=2, y=3"),
        (r"\boxed{A} is not right. \boxed{B}", "B"),
        ("**The answer is (C) 12.**", "C"),
        ("The final answer is \\boxed{5}.\n\nFinal answer:", "5"),
        ("Final answer: I cannot determine.", "I cannot determine"),
        ("Answer: 12 (C)", "12 (C)"),
        ("答：24平方厘米", "24平方厘米"),
        # no statement: what the last sentence concludes
        ("The sides are 3 and 4.\n\nHence the value of x is 12.", "12"),
        ("So the area of the circle is $25\\pi$ square units.", "25\\pi square units"),
        ("Add them.\n\nTherefore, $x = 4$.", "x = 4"),
        ("So the total is 12 + 30 = 42.", "42"),
        ("So, the ratio of boys to girls is 3:4.", "3:4"),
        ("Thus we need both lengths.", None),
        ("Thus the base is 3 and the height is 4.", None),
        ("So the first step is 5. Next we add", None),
        ("So is it 5?", None),
        ("Society is 5.", None),
        ("So the sum is 7, as I said. The red bar is 12.", None),
    ],
)
def test_the_bare_answer_of_a_response(response, answer):
    stated = read_answer(response)
    assert (None if stated is None else bare_answer(stated)) == answer


def test_a_statement_is_read_up_to_2000_characters():
    """Patterns of sentences are matched against it: what is longer would be read slowly."""
    assert value_in("x" * 2000, is_loose=False) == "x" * 2000
    assert value_in("x" * 2001, is_loose=False) == "x" * 2000


@given(st.lists(st.sampled_from([*WORDS.split(), " ", "\n", "\t", "\n\n", ""]), max_size=40).map(" ".join) | st.text())
def test_no_statement_begins_before_where_they_are_looked_for(text: str) -> None:
    first, heading = _where_to_look(text)
    assert [each.span() for each in _STATED.finditer(text, first)] == [each.span() for each in _STATED.finditer(text)]
    assert [each.span() for each in _HEADING.finditer(text, heading)] == [
        each.span() for each in _HEADING.finditer(text)
    ]


def test_a_long_solution_is_not_searched_from_its_start() -> None:
    """Every word of a solution was tried as the beginning of a statement: that was a third of an import."""
    text = "We add 3 to both sides.\n" * 50 + "My answer is 5"
    assert text[_where_to_look(text)[0] :].strip() == "My answer is 5"
