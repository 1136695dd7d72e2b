"""An index of immovables as data: what its pages say, row by row."""
