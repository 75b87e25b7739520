"""JUnit XML for CI servers: one test suite, one test case per gate and per slice of tasks.

The form is the one that Jenkins reads (junit-10.xsd): testsuites > testsuite > properties?, testcase*; a testcase holds
at most one failure, and its figures as system-out.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from factorion_cli.evaluation.gates import GateResult
from factorion_cli.evaluation.report import EvaluationReport
from factorion_cli.evaluation.scores import SliceScore

SUITE = "factorion eval"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot carry, not even escaped."""


def _clean(text: object) -> str:
    return _FORBIDDEN.sub("?", str(text))


def _gate_case(suite: ElementTree.Element, gate: GateResult) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", name=f"gate {gate.gate.name} >= {gate.gate.minimum:g}", classname="factorion.eval.gates"
    )
    if not gate.passed:
        failure = ElementTree.SubElement(case, "failure", type="GateError", message=_clean(gate.message))
        failure.text = _clean(gate.message)
    ElementTree.SubElement(case, "system-out").text = _clean(gate.message)


def _slice_case(suite: ElementTree.Element, part: SliceScore, failed: list[str]) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", name=_clean(f"tasks {part.name}"), classname="factorion.eval.tasks"
    )
    lines = [f"{part.tasks} tasks of {part.families} families"]
    lines += [
        f"{name}: {found.value:.4f} [{found.low:.4f}, {found.high:.4f}] (n={found.n})"
        for name, found in part.metrics.items()
    ]
    lines += failed
    ElementTree.SubElement(case, "system-out").text = _clean("\n".join(lines))


def to_junit(report: EvaluationReport, seconds: float = 0.0) -> str:
    """The report as JUnit XML text.

    Args:
        report: only failing gates make the suite fail; slices of tasks are reported as passed, with their figures.
        seconds: wall-clock time that the evaluation took.
    """
    failures = sum(not gate.passed for gate in report.gates)
    counts = {
        "tests": str(len(report.gates) + len(report.policy.slices)),
        "failures": str(failures),
        "errors": "0",
        "time": f"{seconds:.3f}",
    }
    root = ElementTree.Element("testsuites", {"name": SUITE, **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": SUITE, **counts, "skipped": "0"})
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in {"policy": report.policy.name, **report.about}.items():
        ElementTree.SubElement(properties, "property", name=_clean(name), value=_clean(value))
    for gate in report.gates:
        _gate_case(suite, gate)
    errors = [f"{o.task.id} could not be simulated: {o.error}" for o in report.policy.outcomes if o.error]
    for part in report.policy.slices:
        _slice_case(suite, part, errors if part.name == "all" else [])
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
