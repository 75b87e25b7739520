"""The flow engine over a range of factories: arrays to rates."""

from factorion_cli.simulation.batch import OUTPUT_SINK
from factorion_cli.simulation.flow_layout import (
    ELEMENTS,
    INFLOW,
    LEAVES,
    STORE,
    WORKER,
)
from factorion_cli.simulation.kernels.compiled import called, entry
from factorion_cli.simulation.kernels.flow_solving import solve
from factorion_cli.simulation.kernels.flow_suspecting import suspected
from factorion_cli.simulation.kernels.flow_wiring import wire


@called
def _count_sinks(s, n, rates, base):
    """What came into the sinks, less what arms took off their tiles."""
    for e in range(s.counts[ELEMENTS]):
        sink = s.elements[e].sink
        if sink >= 0:
            for k in range(n):
                rates[base + sink * n + k] = s.flows[INFLOW if s.elements[e].kind == STORE else LEAVES, e * n + k]


@called
def _count_outputs(rows, plans, span, s, n, rates):
    """What machines make, and labs use up, for sinks that count it on the spot."""
    for r in range(span.first, span.end):
        if rows[r].kind != OUTPUT_SINK:
            continue
        for e in range(s.counts[ELEMENTS]):
            element = s.elements[e]
            if element.kind != WORKER or element.plan < 0:
                continue
            row = rows[element.row]
            if row.x != rows[r].x or row.y != rows[r].y:
                continue
            plan = plans[element.plan]
            # A lab makes nothing: what it uses up counts.
            for i in range(plan.outputs if plan.outputs else plan.inputs):
                item = plan.out_item[i] if plan.outputs else plan.in_item[i]
                amount = plan.out_amount[i] if plan.outputs else plan.in_amount[i]
                if rows[r].left == -1 or rows[r].left == item:
                    rates[span.rates + 2 * rows[r].index * n + s.local[item]] = element.rate * amount


@called
def _reaches_sinks(rows, span, s):
    """Whether anything can ever come to a sink, or is counted where it is made."""
    found = False
    for e in range(s.counts[ELEMENTS]):
        found = found or (s.elements[e].sink >= 0 and s.elements[e].first < s.elements[e].end)
    for r in range(span.first, span.end):
        found = found or rows[r].kind == OUTPUT_SINK
    return found


@entry
def score_range(batch, s, w, rates, crafts, plans, rounds, suspects, first, last):
    """Rates, crafts and plans by row and rounds (0: too many) of the factories from `first` up to `last`.

    `rates` are 0 before. `crafts` and `plans`: empty when only sinks count. `suspects`: whether they may be in doubt;
    empty when nobody asks.
    """
    for f in range(first, last):
        span = batch.spans[f]
        n = span.items
        names = batch.items[span.item_base : span.item_base + n]
        for k in range(n):
            s.local[names[k]] = k
        wire(batch.rows, batch.plans, batch.links, span, s, w)
        rounds[f] = 1
        if len(crafts) or _reaches_sinks(batch.rows, span, s):
            rounds[f] = solve(batch.rows, batch.plans, batch.choices, batch.fuels, names, s, n)
            _count_sinks(s, n, rates, span.rates)
            _count_outputs(batch.rows, batch.plans, span, s, n, rates)
        for e in range(s.counts[ELEMENTS] if len(crafts) else 0):
            if s.elements[e].kind == WORKER:
                crafts[s.elements[e].row] = s.elements[e].rate
                plans[s.elements[e].row] = s.elements[e].plan
        if len(suspects):
            suspects[f] = rounds[f] > 0 and suspected(batch.rows, batch.plans, s, n)
        for k in range(n):
            s.local[names[k]] = -1
