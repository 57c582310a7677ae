"""Click commands: parse, call one flow, render, answer a status."""
