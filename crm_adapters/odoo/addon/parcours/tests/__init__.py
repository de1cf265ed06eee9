from . import test_history, test_launch, test_log, test_rules, test_settings
