"""What comes back from buyers: returned goods and reviews. Read and kept; nothing is booked from them."""
