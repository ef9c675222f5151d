"""No right function is accused, and nearly all are found right."""

import pytest

from gradwidget.inspection.check import check_gradient

from .right_functions import RIGHT, Right


@pytest.mark.parametrize("right", RIGHT, ids=lambda right: right.name)
def test_right_function_is_not_accused(right: Right) -> None:
    report = check_gradient(right.fun, *right.args, **right.options)
    assert report.ok, str(report)
    if right.is_judged:
        unknown = [
            row
            for row in report.rows
            if row.dtype == "float64" and row.outcome == "cannot be judged"
        ]
        assert not unknown, str(report)


def test_the_list_is_long_enough() -> None:
    assert len(RIGHT) >= 30
    assert sum("custom_vjp" in right.name for right in RIGHT) >= 5
