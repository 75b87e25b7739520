from dataclasses import replace
from xml.etree import ElementTree

import pytest

from factorion_cli.environments.backend import SimulatorBackend
from factorion_cli.evaluation import EvaluationSettings, evaluate, parse_gate
from factorion_cli.evaluation.junit import to_junit
from factorion_cli.policies.baselines import NoopPolicy, OraclePolicy
from factorion_cli.simulation.result import SimulationResult
from tests.evaluation.small_tasks import measure, small_tasks
from tests.evaluation.test_evaluate import Scripted, placing

FEW = EvaluationSettings(resamples=20)

# junit-10.xsd of the xUnit plugin of Jenkins: what each element may carry, and what it must.
ATTRIBUTES = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "disabled", "errors"}),
    "testsuite": (
        {"name", "tests"},
        {
            "failures",
            "errors",
            "group",
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
        },
    ),
    "properties": (set(), set()),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name"}, {"classname", "time", "assertions", "status", "class", "file", "line", "group"}),
    "failure": (set(), {"type", "message"}),
    "system-out": (set(), set()),
}
CHILDREN = {
    "testsuites": ["testsuite"],
    "testsuite": ["properties", "testcase"],
    "properties": ["property"],
    "testcase": ["failure", "system-out"],
}


def check(element):
    required, optional = ATTRIBUTES[element.tag]
    assert required <= set(element.attrib) <= required | optional
    tags = [child.tag for child in element]
    assert tags == sorted(tags, key=CHILDREN.get(element.tag, []).index)
    for child in element:
        check(child)


def junit_of(policy, gates=(), tasks=None, measured=measure, **about):
    report = evaluate(
        policy,
        tasks or small_tasks(),
        FEW,
        gates=[parse_gate(gate) for gate in gates],
        backend=SimulatorBackend(measured),
        about=about,
    )
    return to_junit(report, 1.5), report


@pytest.mark.parametrize("gates", [(), ("success=0.9", "success/level-4=0")])
def test_junit_has_the_form_that_jenkins_reads(gates):
    text, _ = junit_of(NoopPolicy(), gates, dataset="a & <b>")
    check(ElementTree.fromstring(text))


def test_one_case_per_gate_and_slice_and_a_failure_for_each_failed_gate():
    text, report = junit_of(NoopPolicy(), ("success=0.9", "success/level-4=0"))
    suite = ElementTree.fromstring(text).find("testsuite")
    cases = suite.findall("testcase")
    assert len(cases) == int(suite.get("tests")) == 2 + len(report.policy.slices)
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("1", "0", "0")
    assert suite.get("time") == "1.500"
    failed = [case for case in cases if case.find("failure") is not None]
    assert [case.get("name") for case in failed] == ["gate success >= 0.9"]
    assert failed[0].find("failure").get("message").startswith("success 0.000 [0.000, 0.434] (n=5) is below 0.9")


def test_slices_carry_their_figures():
    text, _ = junit_of(OraclePolicy())
    cases = {case.get("name"): case for case in ElementTree.fromstring(text).iter("testcase")}
    assert "success: 1.0000" in cases["tasks belt-in-line"].find("system-out").text


def test_errors_and_odd_characters_in_names_are_kept_readable():
    def broken(factories):
        return [SimulationResult(factory.id, error="bad \x00 tile") for factory in factories]

    odd = replace(small_tasks()[0], id="odd \x1b <task>")
    policy = Scripted([placing(odd.removed[0], y=0)])
    text, _ = junit_of(policy, tasks=[odd], measured=broken)
    whole = next(case for case in ElementTree.fromstring(text).iter("testcase"))
    assert "odd ? <task> could not be simulated: bad ? tile" in whole.find("system-out").text
