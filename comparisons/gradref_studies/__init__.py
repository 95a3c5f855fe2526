"""What measures gradref itself: studies of its checks, prices, and the checks that people use today. Not in the wheel."""
