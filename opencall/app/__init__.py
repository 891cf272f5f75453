"""The house: it joins the rooms and gives every person a door."""
