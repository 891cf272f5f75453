"""Money: funds, obligations, payments and the books that prove them."""
