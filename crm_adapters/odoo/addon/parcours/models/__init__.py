from . import calendar_event, crm_lead, res_config_settings
