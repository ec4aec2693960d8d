"""What the engines of Amazon share: how its services are reached, called, and what their errors mean."""
