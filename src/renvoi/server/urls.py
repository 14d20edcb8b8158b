"""Hides nothing: the console's addresses under their prefix. The gateway answers all others, outside Django."""

from django.urls import include, path

urlpatterns = [path("console/", include("renvoi.console.urls"))]

handler400 = "renvoi.console.views.errors.bad_request"
handler403 = "renvoi.console.views.errors.forbidden"
handler404 = "renvoi.console.views.errors.not_found"
handler500 = "renvoi.console.views.errors.failure"
