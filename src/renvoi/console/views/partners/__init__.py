"""The views of partners: the list, bulk actions, exports, saved views, the settings, the trash."""
