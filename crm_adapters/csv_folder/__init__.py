"""Deals from a folder of CSV files: ours, or anybody's export read through a ``mapping.yaml``."""

from crm_adapters.csv_folder.adapter import CsvFolder

__all__ = ["CsvFolder"]
