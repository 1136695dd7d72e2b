"""How well documents are read, measured against what they truly say."""
