made = []


class KubernetesPodOperator:
    def __init__(self, **arguments):
        made.append(arguments)
