"""Pure core: hub JSON into snapshots."""
