"""What a customer's orders and returns come to: sums, RFM classes, and what is still to be expected."""
