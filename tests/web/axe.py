"""Whether a page shuts anybody out, as axe finds it."""

from tests.conftest import ROOT

AXE = ROOT / "var/web/node_modules/axe-core/axe.min.js"
SERIOUS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(({impact}) => ["serious", "critical"].includes(impact))
    .map(({id, nodes}) => `${id}: ${nodes[0].html}`)"""
