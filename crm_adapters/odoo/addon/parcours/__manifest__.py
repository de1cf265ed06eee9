{
    "name": "Parcours",
    "summary": "The questions, the playbook and the log of each meeting, beside the opportunity",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "Parcours",
    "license": "Other OSI approved licence",
    "depends": ["crm", "calendar", "base_automation"],
    "data": ["views/crm_lead_views.xml", "views/res_config_settings_views.xml"],
    "assets": {"web.assets_backend": ["parcours/static/src/panel/*"]},
    "application": False,
    "installable": True,
}
