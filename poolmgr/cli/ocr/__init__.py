"""Reading documents without a queue, and what is done with texts that were read already."""
