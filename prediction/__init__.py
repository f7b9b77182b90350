"""What is learned from what came in and what happened: it proposes, and nothing here sends, holds or decides."""
