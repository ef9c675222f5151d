"""Every planted fault is found, and named."""

import re

import pytest

from gradwidget.inspection.check import check_gradient

from .faults import FAULTS, Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_named(fault: Fault) -> None:
    report = check_gradient(fault.fun, *fault.args, **fault.options)
    assert not report.ok
    causes = [row.cause for row in report.rows if row.name == fault.row and row.outcome == "fail"]
    assert any(re.search(fault.says, cause) for cause in causes), str(report)
    with pytest.raises(AssertionError, match=re.escape(causes[0][:60])):
        report.raise_if_wrong()
