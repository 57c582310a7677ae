"""Deploy and host civic technology for many organisations."""

__version__ = "0.1.0"
