"""The microservice chassis: what every service needs and none should write twice."""
