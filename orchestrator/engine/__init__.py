"""How any flow runs: look, plan, act, prove; knows no product."""
