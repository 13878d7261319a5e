"""The rules: rule files read into `Rule` objects, the choice among them, and the checks a path cannot express."""
