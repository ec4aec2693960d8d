"""Programs that translate, kept running: texts go in and come out through pipes, whatever the program is."""
