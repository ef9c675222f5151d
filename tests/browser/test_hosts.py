"""The hosts themselves: the servers start, cells run, and no page reaches the network."""

import pytest
from playwright.sync_api import Error, expect


@pytest.mark.parametrize("host", ["lab", "notebook7"])
def test_a_cell_runs(host, run_notebook, request):
    notebook = run_notebook(["print(1 + 1)"], host=request.getfixturevalue(host))

    expect(notebook.output(0)).to_have_text("2")
    expect(notebook.cells).to_have_count(1)


def test_the_kernel_answers_and_forgets(run_notebook):
    notebook = run_notebook(["a = 20"])
    notebook.execute("a += 1")
    assert notebook.evaluate("[a, 'é']") == [21, "é"]

    notebook.restart_kernel()
    with pytest.raises(Error, match="NameError"):
        notebook.execute("a")


@pytest.mark.parametrize(
    "address", ["https://example.org/", "http://192.0.2.1/", "ws://[2001:db8::1]/"]
)
def test_the_network_is_closed(address, context, outside):
    page = context.new_page()
    is_open = page.evaluate(
        """address => new Promise(resolve => {
            const socket = address.startsWith("ws") ? new WebSocket(address) : null
            if (socket) {
                socket.onopen = () => resolve(true)
                socket.onerror = () => resolve(false)
            } else {
                fetch(address, { mode: "no-cors" }).then(() => resolve(true), () => resolve(false))
            }
        })""",
        address,
    )
    page.close()

    assert not is_open
    assert outside == [address]
    outside.clear()
