"""One function per verb: read what is needed, let the domain judge, write it in one commit."""
