import pytest
import torch

from factorion_cli.policies.distribution import log_probability_of_any, masked_log_probabilities, mean_log_probability

LEGAL = torch.tensor([True, True, True, False])
RIGHT = torch.tensor([3.0, 1.0, 0.0, 0.0])


def _learnt(log_probability):
    logits = torch.tensor([0.0, 2.0, 1.0, 9.0], requires_grad=True)
    optimiser = torch.optim.SGD([logits], lr=1.0)
    for _ in range(400):
        optimiser.zero_grad()
        (-log_probability(logits)).backward()
        optimiser.step()
    return masked_log_probabilities(logits.detach(), LEGAL).exp().tolist()


def test_the_mean_teaches_to_draw_answers_as_often_as_they_are_right():
    assert _learnt(lambda logits: mean_log_probability(logits, LEGAL, RIGHT)) == pytest.approx(
        [0.75, 0.25, 0, 0], abs=0.01
    )


def test_any_of_them_teaches_to_give_the_surest():
    found = _learnt(lambda logits: log_probability_of_any(logits, LEGAL, RIGHT > 0))
    assert found[1] > 2 * found[0]
    assert found[2:] == pytest.approx([0, 0], abs=0.01)
