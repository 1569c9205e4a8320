"""Which tier a customer holds, and every change of it with a receipt."""
