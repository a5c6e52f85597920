"""What is known of each theorem: recomputed here, or recorded by a command and dated."""
