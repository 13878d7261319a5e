"""Reports: findings in, text out. Knows findings and rules; knows no graph but the one `lintnet graph` draws."""
