"""Building the page that runs exported models in the browser: page/, and what lies beside it."""
