"""What a case costs, each figure beside a bare one from the same run on the same server."""
