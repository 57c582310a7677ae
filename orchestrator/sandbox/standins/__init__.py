"""Stand-ins of the products: small servers that keep a product's deployment contract.

They serve where the real images cannot be pulled. Each one says what it is on every page; none of
them is meant to be kinder to its operator than the product.
"""
