"""What ``bench.hubspot`` sets side by side, each in a process of its own: us, HubSpot's own client, others' syncs."""
