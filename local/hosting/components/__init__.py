"""Inference components: endpoints with room, and copies of containers that reserve a part of it."""
