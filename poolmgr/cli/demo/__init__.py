"""The real main job on the embedded stack: sample documents from the queue to their text."""
