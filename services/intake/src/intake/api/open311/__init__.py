"""Open311 GeoReport v2 with service request updates: for front ends that speak the international convention."""
