"""What any recogniser on this machine can use: where speech begins and ends, and processes that hear for sessions.

One process holds several sessions; nothing is decoded in the process of the event loop. A process that ends is judged
on evidence, has a memory limit, and dies with its parent.
"""
