"""The real main job on the embedded stack: sample orders from the queue to their documents and texts."""
