"""A class with homework: its syllabus, and how the first of it is given out."""

SYLLABUS = [("速卖通平台介绍", "平台规则；店铺类型", "培训+课件", "作业"), ("店铺注册", "准备资料；提交注册", "实操", "作业")]
ONE_THEME = SYLLABUS[:1]
PUBLISH = """
    clock 2026-03-02T12:00
    吴老师> [按默认发布]
    < homework.published
"""
