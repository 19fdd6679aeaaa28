"""How fast is the catalog at a million papers? Made-up papers go in through the app's own door, and are asked for."""
