"""The learned codec: pictures to bytes of a file and back."""
